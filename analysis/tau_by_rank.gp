# tau_by_rank: the best tau (chosen on validation within each seed) against rank, for three ways to scale the adapters: means over seeds (lines),
# single seeds (points; hollow at an end of the grid, beyond which the best may lie), and the laws that tau goes with (alpha / r)^2 r (thin) or, as with
# the features of a frozen A, with (alpha / r)^2 (thin and grey).
load "style.gp"
set logscale xy
set xtics (1, 2, 4, 8, 16, 32, 64, 128, 256)
set xlabel "rank r"
set ylabel "best τ"
set format y "10^{%L}"
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
set autoscale fix
set key maxcols 1
scalings = "fixed linear root"
array label[3] = ["α fixed: laws τ ∝ 1/r, 1/r^2", "α = r: laws τ ∝ r, constant", "α ∝ √r: laws τ constant, 1/r"]
here(l, i, x) = strcol("layer") eq l && strcol("scaling") eq word(scalings, i) ? x : NaN
beside(i) = 1.04 ** (i - 2) # so that points do not hide each other
plot for [i = 1:3] in using (here("law of features", i, column("rank"))):(column("tau")) with lines linewidth 1 dashtype dash[i] linecolor rgb grey notitle, \
     for [i = 1:3] in using (here("law", i, column("rank"))):(column("tau")) with lines linewidth 1 dashtype dash[i] linecolor rgb colour[i] notitle, \
     for [i = 1:3] in using (here("mean", i, column("rank") * beside(i))):(column("tau")) with lines linewidth 2.4 linecolor rgb colour[i] notitle, \
     for [i = 1:3] in using (here("seed", i, column("edge") == 0 ? column("rank") * beside(i) : NaN)):(column("tau")) \
         with points pointtype 7 pointsize 0.7 linecolor rgb colour[i] notitle, \
     for [i = 1:3] in using (here("seed", i, column("edge") == 1 ? column("rank") * beside(i) : NaN)):(column("tau")) \
         with points pointtype 6 pointsize 0.7 linecolor rgb colour[i] notitle, \
     for [i = 1:3] NaN with linespoints linewidth 2.4 pointtype 7 pointsize 0.7 linecolor rgb colour[i] title label[i]
