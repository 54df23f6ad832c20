# distance_by_size: distance of a task's adapter from the hierarchical mean against training size, for BoRA at the tau best on validation and for its
# control without a prior (tau = 0): a pale point a task and seed, means of neighbouring points, least-squares line of the logarithms.
load "style.gp"
tau = ""; slope_independent = NaN; slope_bora = NaN; control = 0
scan(l, s) = s eq "bora" ? (tau = strcol("tau"), l eq "line" ? (slope_bora = column("slope")) : 0) : (control = 1, l eq "line" ? (slope_independent = column("slope")) : 0)
stats in using (scan(strcol("layer"), strcol("series")), column("train_documents")) nooutput
name(s, slope) = slope == slope ? sprintf("%s: slope %.2f", s, slope) : s
eval size_axis
set logscale y
set ytics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100, 200, 500)
set key maxrows 2
set ylabel "distance of θ_d from Θ"
plot in using (column("train_documents")):(of("point", "independent", column("distance"))) with points pointtype 9 pointsize 0.4 linecolor rgb pale(red) notitle, \
     in using (column("train_documents")):(of("point", "bora", column("distance"))) with points pointtype 7 pointsize 0.35 linecolor rgb pale(blue) notitle, \
     in using (column("train_documents")):(of("line", "independent", column("distance"))) with lines linestyle 1 notitle, \
     in using (column("train_documents")):(of("line", "bora", column("distance"))) with lines linestyle 2 notitle, \
     in using (column("train_documents")):(of("mean", "independent", column("distance"))) with points linestyle 1 dashtype 1 pointsize 1 notitle, \
     in using (column("train_documents")):(of("mean", "bora", column("distance"))) with points linestyle 2 pointsize 0.9 notitle, \
     NaN with linespoints linestyle 1 title (control ? name("no prior (τ = 0)", slope_independent) : ""), \
     NaN with linespoints linestyle 2 title name(sprintf("BoRA (τ = %s, best on validation)", tau_name(tau)), slope_bora)
