# range_of_tau: mean test perplexity against tau in units of the best between the limits, a line a domain; grey, what is near the best. What is far
# above leaves the figure. tau = 0 and infinity, which no logarithmic axis has, stand at the ends, unconnected.
load "style.gp"
names = ""
stats in using (names = add(names, strcol("domain")), 0) nooutput
n = words(names)
of_domain(i, x) = strcol("domain") eq word(names, i) ? x : NaN
set xlabel "precision τ of the prior"
set ylabel "test perplexity in units of the best"
set yrange [* : 1.06]
set offsets graph 0.03, graph 0.03, 0, graph 0.03
plot in using "position":"near":(1) with filledcurves fillcolor rgb "#EEEEEE" fillstyle solid noborder notitle, \
     in using "position":(1):xtic(tau_name(strcol("tau"))) with points pointtype 0 linecolor rgb "#FFFFFFFF" notitle, \
     for [i = 1:n] in using "position":(of_domain(i, limit(strcol("tau")) ? NaN : column("relative_perplexity"))) \
         with lines linewidth 1.8 linecolor rgb hue(i) dashtype line_of(i) notitle, \
     for [i = 1:n] in using "position":(of_domain(i, column("relative_perplexity"))) \
         with points linewidth 1.2 linecolor rgb hue(i) pointtype point(i) pointsize 0.7 notitle, \
     for [i = 1:n] NaN with linespoints linewidth 1.8 linecolor rgb hue(i) dashtype line_of(i) pointtype point(i) pointsize 0.7 title word(names, i)
