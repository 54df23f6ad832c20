# perplexity_by_tau: thin line a task, bold mean, band of one standard deviation over seeds; tau = 0 and infinity at the ends.
load here."/style.gp"
f = file("perplexity_by_tau")
set xlabel "precision τ"
set ylabel "test perplexity"
stats f using 1 skip 1 nooutput
set xrange [STATS_min - 0.15 : STATS_max + 0.15]
columns = int(system("sed -n 2p '".f."' | awk -F, '{print NF}'"))
name(t) = t eq "inf" ? "∞" : t
set key top center
plot for [i=6:columns] f using 1:i skip 1 with lines linewidth 0.6 linecolor rgb "#bbbbbb" notitle, \
     NaN with lines linewidth 0.6 linecolor rgb "#bbbbbb" title "one task (mean over seeds)", \
     f using 1:4:5 skip 1 with filledcurves fillcolor rgb sky fillstyle transparent solid 0.5 title "± one sd over seeds", \
     f using 1:3:xtic(name(strcol(2))) skip 1 with linespoints linestyle 2 title "mean over tasks"
