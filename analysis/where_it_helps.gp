# where_it_helps: BoRA's gain over the better limit (nats a token) by heterogeneity and training size; pale where its 95 % interval holds 0. Under
# it the better limit. The line: where independent and unified training cross in theory (counts alone). Points: real domains, at their kappa and
# observations of a context (bar: from the least to the most of their tasks). A point says on which side of the line a domain lies for a learner
# of bigrams, not how large its gain is; the gain beside it was measured.
ratio = 0.8
load "style.gp"
stats in using (layer("cell", column("gain"))) nooutput
most = STATS_max > -STATS_min ? STATS_max : -STATS_min
stats in using (layer("cell", column("documents") / column("observations"))) nooutput
documents = STATS_mean # an observation of a context
certain = "abs(column('gain')) > column('half_95')"
set key at screen 0.5, 0.985 center top
set tmargin at screen 0.9
set rmargin at screen 0.8
set logscale xy
set offsets graph 0.02, graph 0.12, graph 0.02, graph 0.02
set grid noytics
set border 11
set xlabel "κ, observations of a context that the centre is worth (less: tasks differ more)"
set ylabel "training documents a task"
set link y2 via y / documents inverse y * documents
set y2label "observations of a context" offset 1, 0
set y2tics
set cblabel "gain over the better limit (nats a token)" offset 1, 0
set colorbox user origin screen 0.9, graph 0 size screen 0.02, graph 1
set palette defined (-1 "#D55E00", 0 "#FFFFFF", 1 "#0072B2")
if (most > 0) { set cbrange [-most:most] }
dark(g) = abs(g) > 0.6 * most ? 0xFFFFFF : 0x000000
plot in using (layer("cell", column("kappa"))):"documents":"least_kappa":"most_kappa":"least_documents":"most_documents":"gain" \
         with boxxyerror fillcolor palette fillstyle solid border linecolor rgb "white" notitle, \
     in using (layer("cell", column("kappa"))):"documents":(sprintf("%.4f\n%s", column("gain"), strcol("name"))): \
         (@certain ? dark(column("gain")) : 0x999999) with labels textcolor rgb variable notitle, \
     in using (layer("crossover", column("kappa"))):"documents" with linespoints linecolor rgb black linewidth 2 pointtype 1 pointsize 0.5 \
         title "crossover of independent (above) and unified (below) from counts", \
     in using (layer("domain", column("kappa"))):"documents":"least_documents":"most_documents" \
         with yerrorbars linecolor rgb red linewidth 1.5 pointtype 7 pointsize 0.9 title "real domains", \
     in using (layer("domain", column("kappa"))):"documents":(sprintf(" %s\n %.4f", strcol("name"), column("gain"))) \
         with labels left textcolor rgb red notitle
