# where_it_helps: BoRA's gain over the better limit (nats a token; the limit under it) by heterogeneity and training size, grey where its 95 % interval
# holds 0. The line: where independent and unified training cross in theory, from counts alone. Points: real domains, at their kappa (bar: with 16 to
# 64 tokens told apart) and observations of a context (bar: from the least to the most of their tasks). A point says on which side of the line a
# domain lies for a learner of bigrams, not how large its gain is; the gain beside it was measured.
ratio = 0.75
load "style.gp"
stats in using (layer("cell", column("gain"))) nooutput
most = STATS_max > -STATS_min ? STATS_max : -STATS_min
stats in using (layer("cell", column("documents") / column("observations"))) nooutput
documents = STATS_mean # an observation of a context
left = 1e300; right = 0; low = 1e300; high = 0
reach(x, y, X, Y) = (left = x < left ? x : left, low = y < low ? y : low, right = X > right ? X : right, high = Y > high ? Y : high)
stats in using (strcol("layer") eq "crossover" ? 0 : \
                reach(column("least_kappa"), column("least_documents"), column("most_kappa"), column("most_documents"))) nooutput
small = sprintf(",%g", 0.65 * font)
domains = 0; total = 0
stats in using (strcol("layer") eq "domain" ? (domains = domains + 1, total = total + column("documents")) : 0) nooutput
beside(y) = domains * y < total ? y / 1.35 : y * 1.35 # the names of two domains near each other
short(limit) = limit eq "independent" ? "indep." : limit # a cell is narrow
decimals(x) = sprintf("%.4f", abs(x) < 0.00005 ? 0 : x) # no -0.0000
set rmargin at screen 0.75
set logscale xyy2
set xrange [left : right * 4] # room for the domains' names
set yrange [low : high * 1.1]
set y2range [low / documents : high * 1.1 / documents]
set grid noytics
set border 11
set xlabel "κ: how many observations of a context the centre is worth"
set ylabel "training documents a task"
set y2label "observations of a context a task" offset 0, 0
set y2tics
set colorbox user origin screen 0.9, graph 0 size screen 0.02, graph 1
set cbtics offset -0.5, 0 font small
set label "gain" at screen 0.91, graph 1.04 center
set palette defined (-1 "#D55E00", 0 "#FFFFFF", 1 "#0072B2")
if (most > 0) { set cbrange [-most : most] }
ink(gain, half) = !(abs(gain) > half) ? 0x999999 : abs(gain) > 0.6 * most ? 0xFFFFFF : 0x000000
plot in using (layer("cell", column("kappa"))):"documents":"least_kappa":"most_kappa":"least_documents":"most_documents":"gain" \
         with boxxyerror fillcolor palette fillstyle solid border linecolor rgb "white" notitle, \
     in using (layer("cell", column("kappa"))):"documents":(sprintf("%s\n%s", decimals(column("gain")), short(strcol("name")))): \
         (ink(column("gain"), column("half_95"))) with labels textcolor rgb variable font small notitle, \
     in using (layer("crossover", column("kappa"))):"documents" with lines linecolor rgb black linewidth 2 \
         title "independent and unified cross (counts)", \
     in using (layer("domain", column("kappa"))):"documents":"least_kappa":"most_kappa":"least_documents":"most_documents" \
         with xyerrorbars linecolor rgb red linewidth 1.5 pointtype 7 pointsize 0.9 title "real domains", \
     in using (layer("domain", right)):(beside(column("documents"))):(sprintf("%s\n%s", strcol("name"), decimals(column("gain")))) \
         with labels left offset 0.5, 0 textcolor rgb red font small notitle
