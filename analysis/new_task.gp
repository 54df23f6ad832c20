# new_task: test perplexity of a task that is new to what was learnt, against the number of its documents; below, BoRA's NLL (nats a token) less the
# others', paired by seed, with 95 % intervals. No documents, which no logarithmic axis has, stand beyond a break at its end.
ratio = 1
load "style.gp"
first = 1e9; second = 1e9 # the two least positions
scan(x) = (second = x > first ? (x < second ? x : second) : second, x < first ? (second = first, first = x) : 0)
none = 0; there = ""
stats in using (scan(column("position")), none = column("new_documents") == 0 ? 1 : none, there = there." ".strcol("method")." ", 0) nooutput
stats in using "position" nooutput
last = STATS_max
margin = 0.03 * (last - first)
set xrange [first - margin : last + margin]
break(x, side) = sprintf("set arrow from first %g, graph -0.02 to first %g, graph 0.02 nohead front linecolor rgb '#444444'", x + side - margin / 4, x + side + margin / 4)
gap(x) = sprintf("set object rectangle from first %g, graph -0.01 to first %g, graph 0.01 front fillcolor rgb 'white' fillstyle solid noborder; ", x - margin / 4, x + margin / 4). \
         break(x, -margin / 4)."; ".break(x, margin / 4)
if (none && last > first) eval gap((first + second) / 2)
height = width * ratio
set lmargin at screen line(7) / width
set rmargin at screen 1 - line(1) / width
middle = 0.42 # between the panels
methods = "base independent ridge unified then-task frozen bora"
array title[7] = ["base", "alone", "about the base", "unified (others')", "unified, then the task", "about the unified", "BoRA"]
array hue[7] = [grey, red, pink, green, sky, orange, blue]
array shape[7] = [1, 9, 8, 5, 12, 11, 7]
array stroke[7] = [3, 2, 5, 4, 5, 1, 1]
has(m) = strstrt(there, " ".m." ")
of_method(m, c) = strcol("method") eq m ? column(c) : NaN
set multiplot
set bmargin at screen middle + 0.02
set tmargin at screen 1 - line(4.4) / height
set key maxcols 3
set ylabel "test perplexity"
set format x ""
plot for [i = 1:7] in using (column("position")):(of_method(word(methods, i), "perplexity")):xtic("") with linespoints linewidth (i == 7 ? 2.4 : 1.8) \
         linecolor rgb hue[i] dashtype stroke[i] pointtype shape[i] pointsize (i == 1 ? 0 : 0.7) title (has(word(methods, i)) ? title[i] : "")
set bmargin at screen line(below) / height
set tmargin at screen middle - 0.02
unset key
set xlabel "documents of the new task"
set ylabel "BoRA less other (nats)"
ratio_of(i) = of_method(word(methods, i), "log_ratio")
shift(i) = (i - 4) * margin / 3 # so that intervals stand side by side
plot in using (column("position")):(strcol("method") eq "bora" ? 0 : NaN):xtic(strcol("new_documents")) with lines linecolor rgb black, \
     for [i = 2:6] in using (column("position") + shift(i)):(ratio_of(i)) with points linecolor rgb hue[i] pointtype shape[i] pointsize 0.7, \
     for [i = 2:6] in using (column("position") + shift(i)):(ratio_of(i)):(column("log_ratio_half_95")) with yerrorbars linecolor rgb hue[i] \
         linewidth 1.4 pointtype shape[i] pointsize 0.7
unset multiplot
