# perplexity_by_tau: a thin line a task; bold, the mean over tasks; below, the mean enlarged, with a band from the lowest to the highest seed.
# tau = 0 and infinity, which no logarithmic axis has, stand beyond breaks at its ends.
ratio = 0.85
load "style.gp"
stats in using (layer("mean", 1)) nooutput
cells = STATS_records
stats in using (layer("task", 1)) nooutput
tasks = STATS_records / cells # each has one row a cell, in this order
first = 1e9; last = -1e9; lowest = 1e9; highest = -1e9; seeds = 0 # ends of all positions, ends of the logarithmic part
scan(t, x) = (first = x < first ? x : first, last = x > last ? x : last, \
              t eq "0" || t eq "inf" ? 0 : (lowest = x < lowest ? x : lowest, highest = x > highest ? x : highest))
stats in using (strcol("layer") eq "mean" ? (scan(strcol("tau"), column("position")), seeds = column("seeds")) : 0) nooutput
margin = 0.03 * (last - first)
set xrange [first - margin : last + margin]
break(x, side) = sprintf("set arrow from first %g, graph -0.02 to first %g, graph 0.02 nohead front linecolor rgb '#444444'", x + side - margin / 4, x + side + margin / 4)
gap(x) = sprintf("set object rectangle from first %g, graph -0.01 to first %g, graph 0.01 front fillcolor rgb 'white' fillstyle solid noborder; ", x - margin / 4, x + margin / 4). \
         break(x, -margin / 4)."; ".break(x, margin / 4)
if (first < lowest && lowest < 1e9) eval gap((first + lowest) / 2)
if (last > highest && lowest < 1e9) eval gap((last + highest) / 2)
height = width * ratio
set lmargin at screen line(6) / width
set rmargin at screen 1 - line(1) / width
middle = 0.42 # between the panels
set multiplot
set bmargin at screen middle + 0.02
set tmargin at screen 1 - line(3.2) / height # the key may take two lines
set ylabel "test perplexity"
set format x ""
plot for [i = 0:tasks-1] in using (column("position")):(column("perplexity")) every ::i*cells::(i+1)*cells-1 \
         with lines linewidth 0.6 linecolor rgb "#AAAAAA" notitle, \
     in using (column("position")):(layer("mean", column("perplexity"))):xtic("") with linespoints linestyle 2 notitle, \
     NaN with lines linewidth 0.6 linecolor rgb "#AAAAAA" title "a task", \
     NaN with linespoints linestyle 2 title "mean over tasks", \
     NaN with boxes linecolor rgb sky fillstyle solid 0.6 noborder title (seeds > 1 ? sprintf("range of %d seeds", seeds) : "")
set bmargin at screen line(below) / height
set tmargin at screen middle - 0.02
unset key
set xlabel "precision τ of the prior"
set ylabel "mean"
stats in using (layer("mean", column("perplexity"))) nooutput
if (STATS_max > STATS_min) { set ytics round_step(STATS_max - STATS_min) }
plot in using (layer("mean", column("position"))):(column("low")):(column("high")) with filledcurves fillcolor rgb sky fillstyle solid 0.6 noborder, \
     in using (column("position")):(layer("mean", column("perplexity"))):xtic(tau_name(strcol("tau"))) with linespoints linestyle 2
unset multiplot
