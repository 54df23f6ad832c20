# bench_peers: how many times as fast as the peer bora is, on all threads: bars are medians over rounds, with the least and the most, rings the same on
# one thread, black lines the goals.
load "style.gp"
sizes = "S M G"
array hue[3] = [sky, blue, green]
place(s) = column("order") + 0.26 * (strstrt("SMG", s) - 2)
bar(s, x) = strcol("size") eq s && column("all") == 1 ? x : NaN
single(x) = column("threads") == 1 && column("all") == 0 ? x : NaN
stats in using "order" nooutput
set xrange [-0.5 : STATS_max + 0.5]
set yrange [0 : *]
set xtics rotate by -25 scale 0
set bmargin 5
set ylabel "times as fast as PyTorch"
set boxwidth 0.24
set arrow from graph 0, first 1 to graph 1, first 1 nohead linecolor rgb grey dashtype 3 back
plot for [i = 1:3] in using (place(word(sizes, i))):(bar(word(sizes, i), column("ratio"))) with boxes fillstyle solid 0.6 noborder linecolor rgb hue[i] title word(sizes, i), \
     for [i = 1:3] in using (place(word(sizes, i))):(bar(word(sizes, i), column("ratio"))):(column("least")):(column("most")) with yerrorbars pointtype -1 linecolor rgb "#444444" notitle, \
     in using (place(strcol("size"))):(single(column("ratio"))) with points pointtype 6 pointsize 0.8 linecolor rgb black title "one thread", \
     for [i = 1:3] in using (place(word(sizes, i)) - 0.12):(bar(word(sizes, i), column("goal"))):(0.24):(0) with vectors nohead linewidth 2.5 linecolor rgb black notitle, \
     in using (column("order")):(NaN):xtic(1) with points notitle, \
     NaN with lines linewidth 2.5 linecolor rgb black title "goal"
