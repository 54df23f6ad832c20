# bench_roofline: GFLOP/s of one thread's products against their arithmetic intensity (if each operand is read once from memory), ours and the
# peers'; the line is the probed peak of multiply-adds.
load "style.gp"
set logscale x
set xlabel "operations a byte"
set ylabel "GFLOP/s, one thread"
set yrange [0:*]
set offsets graph 0.03, graph 0.03, graph 0.03, 0
stats in using (column("peak")) nooutput
plot STATS_median with lines linecolor rgb grey linewidth 2 title "multiply-adds alone", \
     in using (column("intensity")):(column("openblas")) with points pointtype 9 pointsize 0.6 linecolor rgb red title "OpenBLAS", \
     in using (column("intensity")):(column("blis")) with points pointtype 5 pointsize 0.5 linecolor rgb green title "BLIS", \
     in using (column("intensity")):(column("bora")) with points pointtype 7 pointsize 0.7 linecolor rgb blue title "bora"
