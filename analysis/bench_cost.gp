# bench_cost: time of a step on one batch of 64 documents against the number of tasks (left) and the rank of the adapters (right); medians over rounds,
# bars from the least to the most.
ratio = 0.5
load "style.gp"
set multiplot layout 1, 2
set key off
set logscale x
set autoscale xfix
set offsets graph 0.05, graph 0.05, 0, 0
set yrange [0 : *]
set ylabel "ms a step"
set xlabel "tasks"
set xtics (25, 250, 2500)
plot in using (column("x")):(layer("tasks", column("milliseconds"))):(column("least")):(column("most")) with yerrorlines linestyle 2
set xlabel "rank"
set xtics (1, 4, 16, 64)
unset ylabel
plot in using (column("x")):(layer("rank", column("milliseconds"))):(column("least")):(column("most")) with yerrorlines linestyle 2
unset multiplot
