# perplexity_by_setting: mean test perplexity against tau, a line a setting, bars from the lowest to the highest seed; where settings are far apart,
# below it what lies within 10 % of the first setting's best, enlarged. tau = 0 and infinity, which no logarithmic axis has, stand at the
# ends, unconnected.
load "style.gp"
names = ""; best = 1e9; low = 1e9; high = 0; far = 0
stats in using (names = add(names, strcol("series")), best = words(names) == 1 && column("perplexity") < best ? column("perplexity") : best, 0) nooutput
n = words(names)
near(p) = p > 0.9 * best && p < 1.1 * best
widen(p, l, h) = near(p) ? (low = l < low ? l : low, high = h > high ? h : high) : (far = 1)
stats in using (widen(column("perplexity"), column("low"), column("high")), 0) nooutput
beside(i) = 0.02 * (i - (n + 1) / 2.0) # so that bars do not hide each other
here(i, x) = strcol("series") eq word(names, i) ? x : NaN
below_axis(t) = panel < 2 ? "" : tau_name(t)
columns = longest(names) > 20 ? 1 : 2 # of the key
rows = (n + columns - 1) / columns
ratio = 0.66 + 0.04 * rows + 0.15 * far
load "style.gp" # again, for a taller figure
height = width * ratio
set lmargin at screen line(7) / width
set rmargin at screen 1 - line(1) / width
top = 1 - line(1.5 + 1.3 * rows) / height
set offsets graph 0.03, graph 0.03, 0, 0
middle = far ? 0.5 * (top + line(below) / height) : top + 0.02 # between the panels
set multiplot
do for [panel = 2 - far : 2] {
    set key at screen 0.5, screen 1 center top horizontal maxcols columns samplen 2
    set ylabel "test perplexity"
    if (panel == 1) {
        set tmargin at screen top
        set bmargin at screen middle + 0.02
        set logscale y
        set autoscale y
    } else {
        set tmargin at screen middle - 0.02
        set bmargin at screen line(below) / height
        set format x
        unset logscale y
        set yrange [low - 0.05 * (high - low) : high + 0.05 * (high - low)]
        set xlabel "precision τ of the prior"
        if (far) { unset key; set ylabel "enlarged" }
    }
    plot in using (column("position")):"perplexity":xtic(below_axis(strcol("tau"))) with points pointtype 0 linecolor rgb "#FFFFFFFF" notitle, \
         for [i = 1:n] in using (column("position") + beside(i)):(here(i, limit(strcol("tau")) ? NaN : column("perplexity"))) \
             with lines linewidth 1.8 linecolor rgb hue(i) dashtype line_of(i) notitle, \
         for [i = 1:n] in using (column("position") + beside(i)):(here(i, column("perplexity"))):(column("low")):(column("high")) \
             with yerrorbars linewidth 1.2 linecolor rgb hue(i) pointtype point(i) pointsize 0.6 notitle, \
         for [i = 1:n] NaN with linespoints linewidth 1.8 linecolor rgb hue(i) dashtype line_of(i) pointtype point(i) pointsize 0.6 title word(names, i)
}
unset multiplot
