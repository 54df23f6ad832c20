# style.gp: what all figures share: size, font, colours, how numbers are found in the CSV file and named. `figures` sets
#   in (the CSV file), out (without ending), format (pdf or svg), width (cm), font (points);
# a figure may set `ratio` (height to width) first.
if (!exists("ratio")) ratio = 0.66
# fontscale: gnuplot counts points of 1/96 inch
if (format eq "pdf") set terminal pdfcairo size width cm, width * ratio cm font sprintf("sans,%g", font) fontscale 0.75 linewidth 1.2 rounded
if (format eq "svg") set terminal svg size width * 37.8, width * ratio * 37.8 font sprintf("sans,%g", font * 4 / 3) linewidth 1.2 background "white" rounded
set output out.".".format
set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN

# Okabe and Ito's colours, which colour-blind readers tell apart; dashes and points differ too, which grey print needs.
black = "#000000"; orange = "#E69F00"; sky = "#56B4E9"; green = "#009E73"; blue = "#0072B2"; red = "#D55E00"; pink = "#CC79A7"; grey = "#999999"
array colour[8] = [red, orange, blue, green, black, pink, sky, grey]
array dash[8] = [2, 4, 1, 5, 3, 2, 1, 4]
array mark[8] = [9, 5, 7, 11, 4, 8, 6, 12]
# The three methods look alike in all figures.
set style line 1 linecolor rgb red linewidth 2 dashtype 2 pointtype 9 pointsize 0.7   # independent
set style line 2 linecolor rgb blue linewidth 2.4 dashtype 1 pointtype 7 pointsize 0.7 # BoRA
set style line 3 linecolor rgb green linewidth 2 dashtype 4 pointtype 5 pointsize 0.7  # unified
pale(c) = "#B4".c[2:7] # mostly transparent, for the points of a cloud

# For figures of several panels: cm of n lines of text; lines under a panel, of which gnuplot's SVG wants more.
line(n) = n * font / 28.35
below = format eq "svg" ? 5.4 : 4.4
# A round step that makes three to six tics of a range.
round_step(range) = (power_of_ten = 10 ** floor(log10(range)), lead = range / power_of_ten, power_of_ten * (lead < 2 ? 0.5 : lead < 5 ? 1 : 2))

set border 3 linecolor rgb "#444444"
set tics nomirror out scale 0.6 textcolor rgb "#222222"
set grid ytics linecolor rgb "#DDDDDD" linewidth 0.6
set key outside top center horizontal samplen 2.5 spacing 1.1
set offsets 0, 0, graph 0.03, graph 0.03

# x of the rows of a layer (and series), else nothing
layer(l, x) = strcol("layer") eq l ? x : NaN
of(l, s, x) = strcol("layer") eq l && strcol("series") eq s ? x : NaN
# Names in the order of the file: after `list = add(list, x)` in each row word(list, i) is the i-th of words(list).
add(list, x) = strstrt(list, "\"".x."\"") ? list : list."\"".x."\" "
longest(list) = (most = 0, skipped = sum [i = 1:words(list)] (most = strlen(word(list, i)) > most ? strlen(word(list, i)) : most, 0), most)
# The looks of the i-th series; a ninth has the first one's colour, and another dash and point.
again(i) = (i - 1) / 8
hue(i) = colour[1 + (i - 1) % 8]
line_of(i) = dash[1 + (i - 1 + again(i)) % 8]
point(i) = mark[1 + (i - 1 + 3 * again(i)) % 8]
# tau in print: 0, 3000, 3·10^4, ∞
power(v, e) = v / 10**e == 1 ? sprintf("10^{%d}", e) : sprintf("%g·10^{%d}", v / 10**e, e)
tau_name(t) = t eq "inf" ? "∞" : real(t) < 1e4 ? t : power(real(t), floor(log10(real(t)) + 1e-9))
limit(t) = t eq "0" || t eq "inf" # which stand at the ends of the axis
# Training sizes: a logarithmic axis with round numbers.
size_axis = "stats in using 'train_documents' nooutput; set logscale x; set autoscale fix; set offsets graph 0.03, graph 0.03, graph 0.03, graph 0.03; ". \
    "set xlabel 'training documents of the task'; set xtics (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10000, 20000, 50000, 100000); ". \
    "if (STATS_max > 100 * STATS_min) { set xtics (1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000) }; ". \
    "if (STATS_max < 6 * STATS_min) { set xtics add (12, 25, 40, 60, 80, 120, 250, 400, 600, 800, 1200, 2500, 4000, 6000, 8000) }"
