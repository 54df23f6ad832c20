# adapter_map: theta_d of one run in the plane of their first two principal components; presidents (presidents.csv) are coloured by party and
# marked by century, other tasks are plain. What lies near each other has adapters alike.
load "style.gp"
known = "|"
stats "presidents.csv" using (known = known.strcol("task")."=".strcol("party").";".strcol("century")."|", 0) nooutput
after(s, t) = strstrt(s, t) ? s[strstrt(s, t) + strlen(t):*] : ""
upto(s, c) = strstrt(s, c) ? s[1:strstrt(s, c) - 1] : s
about(t) = upto(after(known, "|".t."="), "|")
party(t) = upto(about(t), ";")
century(t) = about(t) eq "" ? 0 : int(after(about(t), ";"))
shade(t) = party(t) eq "Democratic" ? 0x0072B2 : party(t) eq "Republican" ? 0xD55E00 : party(t) eq "" ? 0x000000 : 0x009E73
surname(t) = word(t, words(t))
coloured = 0
stats in using (coloured = coloured || about(strcol("task")) ne "", share_x = column("share_x"), share_y = column("share_y"), 0) nooutput
set xlabel sprintf("first component (%.0f %% of the variance)", 100 * share_x)
set ylabel sprintf("second component (%.0f %%)", 100 * share_y)
set offsets graph 0.08, graph 0.12, graph 0.05, graph 0.05
set key maxrows 2
of_century(t, c) = century(t) == c ? column("x") : NaN
plot in using (century(strcol("task")) == 0 ? column("x") : NaN):(column("y")) with points pointtype 7 pointsize 0.7 linecolor rgb black notitle, \
     for [c = 18:21] in using (of_century(strcol("task"), c)):(column("y")):(shade(strcol("task"))) with points pointtype (c == 18 ? 4 : c == 19 ? 5 : c == 20 ? 7 : 9) pointsize 0.8 linecolor rgb variable notitle, \
     in using (column("x")):(column("y")):(surname(strcol("task"))) with labels left offset 0.6, 0.2 font sprintf(",%g", 0.75 * font) textcolor rgb "#444444" notitle, \
     NaN with points pointtype 7 linecolor rgb blue title (coloured ? "Democratic" : ""), \
     NaN with points pointtype 7 linecolor rgb red title (coloured ? "Republican" : ""), \
     NaN with points pointtype 7 linecolor rgb green title (coloured ? "other party" : ""), \
     NaN with points pointtype 5 linecolor rgb grey title (coloured ? "19th century" : ""), \
     NaN with points pointtype 7 linecolor rgb grey title (coloured ? "20th" : ""), \
     NaN with points pointtype 9 linecolor rgb grey title (coloured ? "21st" : "")
