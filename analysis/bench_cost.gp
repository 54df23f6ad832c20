# bench_cost: milliseconds of a step against the number of tasks and against the rank, all else fixed: both grow linearly.
ratio = 0.5
load "style.gp"
set multiplot layout 1, 2
set yrange [0:*]
set ylabel "ms a step"
unset key
what(w, x) = strcol("vary") eq w ? x : NaN
set xlabel "tasks (batch 64, rank 16)"
plot in using (what("tasks", column("value"))):(column("ms_a_step")) with linespoints linestyle 2
unset ylabel
set xlabel "rank (batch 64, 25 tasks)"
plot in using (what("rank", column("value"))):(column("ms_a_step")) with linespoints linestyle 2
unset multiplot
