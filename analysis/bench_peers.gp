# bench_peers: speed of our steps as a multiple of PyTorch's, median of the rounds; a bar a pair, the goal as a mark.
ratio = 0.8
load "style.gp"
unset key
set xlabel "times as fast as PyTorch"
set xrange [0:*]
set yrange [:] reverse
set grid noytics xtics
set border 1
set ytics scale 0
set style fill solid 0.6
half = 0.35
label(size, step, peer, batch) = size.": ".(step eq peer ? step : step." / ".peer).", batch ".batch
plot in using (column("ratio")):0:(0):(column("ratio")):($0 - half):($0 + half):ytic(label(strcol("size"), strcol("step"), strcol("peer"), strcol("batch"))) \
         with boxxyerror linecolor rgb blue, \
     in using (column("goal")):0 with points pointtype 2 pointsize 0.9 linewidth 1.6 linecolor rgb black, \
     in using (1):0 with lines linecolor rgb grey
