# training_curves: perplexity by epoch, training (as seen while training) and validation, mean over tasks and seeds.
load here."/style.gp"
f = file("training_curves")
set xlabel "epoch"
set ylabel "perplexity"
set key outside top center horizontal
stats f using 3 skip 1 nooutput
set xtics ceil(STATS_max / 10.0)
only(s, v) = strcol(1) eq s ? v : NaN
tau = system("awk -F, '$1==\"bora\" {print $2; exit}' '".f."'")
plot f using 3:(only("independent", $5)) skip 1 with linespoints linestyle 1 title "independent, validation", \
     f using 3:(only("independent", $4)) skip 1 with lines linewidth 1 dashtype 3 linecolor rgb orange title "independent, training", \
     f using 3:(only("bora", $5)) skip 1 with linespoints linestyle 2 title sprintf("BoRA τ = %s, validation", tau), \
     f using 3:(only("bora", $4)) skip 1 with lines linewidth 1 dashtype 3 linecolor rgb blue title "BoRA, training", \
     f using 3:(only("unified", $5)) skip 1 with linespoints linestyle 3 title "unified, validation", \
     f using 3:(only("unified", $4)) skip 1 with lines linewidth 1 dashtype 3 linecolor rgb green title "unified, training"
