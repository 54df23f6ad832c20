# training_curves: perplexity by epoch, mean over tasks and seeds. Training perplexity is a running one, taken while training. Panels are training and
# validation; or, where a tau was run at several learning rates or ranks, a panel is a tau with training dashed.
load "style.gp"
panels = ""; series = ""
stats in using (panels = add(panels, strcol("panel")), series = add(series, strcol("series")), column("epoch")) nooutput
epochs = STATS_max
stats in using "perplexity" nooutput
columns = words(panels) < 4 ? words(panels) : words(panels) == 4 ? 2 : 3
rows = (words(panels) + columns - 1) / columns
parts = strstrt(panels, "\"validation\"") > 0 # panels are parts of the documents, else both parts are in each
names = words(series) + !parts
key_columns = longest(series) > 12 ? 2 : 4 # by the width of names
key_rows = (names + key_columns - 1) / key_columns
ratio = (rows == 1 ? 0.5 : 0.42 * rows) + (2.6 + 1.4 * key_rows) * font / 28.35 / width
load "style.gp" # again, for the figure's height
height = width * ratio
set multiplot layout rows, columns margins screen line(5.5) / width, 1 - line(1) / width, line(below) / height, 1 - line(2.6 + 1.4 * key_rows) / height \
    spacing screen line(1.6) / width, line(below + 0.4) / height
set offsets 0, 0, 0, 0
set xrange [-0.03 * epochs : 1.03 * epochs]
set yrange [0.98 * STATS_min : 1.02 * STATS_max]
set key at screen 0.5, screen 1 - line(0.3) / height center top vertical maxrows key_rows
show(p, s, part) = strcol("panel") eq word(panels, p) && strcol("series") eq word(series, s) && strcol("part") eq part ? column("perplexity") : NaN
edge(p, s, part, name) = strcol("panel") eq word(panels, p) && strcol("series") eq word(series, s) && strcol("part") eq part ? column(name) : NaN
leftmost(p) = columns == 1 || p % columns == 1
do for [p = 1:words(panels)] {
    set title word(panels, p) offset 0, -0.8
    set xlabel (p > words(panels) - columns ? "epoch" : "")
    set ylabel (leftmost(p) ? "perplexity" : "")
    set format y (leftmost(p) ? "%h" : "")
    if (p > 1) { unset key }
    plot for [s = 1:words(series)] in using (column("epoch")):(edge(p, s, "validation", "low")):(edge(p, s, "validation", "high")) \
             with filledcurves fillcolor rgb hue(s) fillstyle transparent solid 0.25 noborder notitle, \
         for [s = 1:words(series)] in using (column("epoch")):(show(p, s, "training")) \
             with lines linewidth parts ? 1.8 : 1 dashtype parts ? line_of(s) : 3 linecolor rgb hue(s) notitle, \
         for [s = 1:words(series)] in using (column("epoch")):(show(p, s, "validation")) \
             with lines linewidth 1.8 dashtype line_of(s) linecolor rgb hue(s) notitle, \
         for [s = 1:words(series)] in using (column("epoch")):(show(p, s, parts && word(panels, p) eq "training" ? "training" : "validation")) \
             with points pointtype point(s) pointsize 0.5 linecolor rgb hue(s) notitle, \
         for [s = 1:words(series)] NaN with linespoints linewidth 1.8 dashtype line_of(s) pointtype point(s) pointsize 0.5 \
             linecolor rgb hue(s) title word(series, s), \
         NaN with lines linewidth 1 dashtype 3 linecolor rgb black title (parts ? "" : "training")
}
unset multiplot
