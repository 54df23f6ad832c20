# gain_by_size: improvement of BoRA, at the tau between the limits that is best on validation, over both limits, against training size: a pale
# point a task and seed, means of neighbouring points, and the least-squares line on ln N.
load "style.gp"
tau = ""; limits = ""; slope_independent = NaN; slope_unified = NaN
there(s) = strstrt(limits, s)
scan(l, s) = l ne "line" ? 0 : s eq "unified" ? (slope_unified = column("slope")) : (slope_independent = column("slope"))
stats in using (tau = strcol("tau"), limits = there(strcol("series")) ? limits : limits.strcol("series")." ", scan(strcol("layer"), strcol("series")), column("train_documents")) nooutput
name(s, slope) = slope == slope ? sprintf("over %s (slope %+.1f a unit of ln N)", s, slope) : "over ".s
eval size_axis
set ylabel "improvement of BoRA (%)"
set title sprintf("BoRA at τ = %s, the best on validation", tau_name(tau)) offset 0, -0.5
set xzeroaxis linetype 1 linecolor rgb black
set key maxrows 2
plot in using (column("train_documents")):(of("point", "independent", column("gain"))) with points pointtype 9 pointsize 0.4 linecolor rgb pale(red) notitle, \
     in using (column("train_documents")):(of("point", "unified", column("gain"))) with points pointtype 5 pointsize 0.35 linecolor rgb pale(green) notitle, \
     in using (column("train_documents")):(of("line", "independent", column("gain"))) with lines linestyle 1 notitle, \
     in using (column("train_documents")):(of("line", "unified", column("gain"))) with lines linestyle 3 notitle, \
     in using (column("train_documents")):(of("mean", "independent", column("gain"))) with points linestyle 1 dashtype 1 pointsize 1 notitle, \
     in using (column("train_documents")):(of("mean", "unified", column("gain"))) with points linestyle 3 dashtype 1 pointsize 0.9 notitle, \
     NaN with linespoints linestyle 1 title (there("independent") ? name("independent", slope_independent) : ""), \
     NaN with linespoints linestyle 3 title (there("unified") ? name("unified", slope_unified) : "")
