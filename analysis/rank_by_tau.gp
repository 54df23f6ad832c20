# rank_by_tau: a map of test perplexity over rank and tau; dark is low, and each cell says its number.
load "style.gp"
stats in using "column" nooutput
columns = STATS_max + 1
stats in using "row" nooutput
rows = STATS_max + 1
stats in using "perplexity" nooutput
middle = (STATS_min + STATS_max) / 2
unset key
set rmargin at screen 1 - 8 * font / 28.35 / width # for the colour box
set grid noytics
set border 0
set tics scale 0
set offsets 0, 0, 0, 0
set xrange [-0.5 : columns - 0.5]
set yrange [-0.5 : rows - 0.5]
set xlabel "precision τ of the prior"
set ylabel "rank"
set cblabel "test perplexity"
# Lightness rises evenly (a blue to yellow ramp after cividis): it survives grey print.
set palette defined (0 "#00224E", 1 "#35456C", 2 "#666970", 3 "#948E77", 4 "#C8B866", 5 "#FEE838")
plot in using "column":"row":(0.5):(0.5):"perplexity":xtic(tau_name(strcol("tau"))):ytic(strcol("rank")) with boxxyerror fillcolor palette fillstyle solid noborder, \
     in using "column":"row":(sprintf("%.2f", column("perplexity"))):(column("perplexity") < middle ? 0xFFFFFF : 0x000000) with labels textcolor rgb variable
