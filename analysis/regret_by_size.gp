# regret_by_size: nats a token above the oracle, against the task's training documents: the methods, predictors from counts (thin, which no
# network can be expected to beat: they know that the language is a bigram), the oracle at 0. Where the thin lines of independent and unified
# cross, theory has the thick ones cross.
load "style.gp"
set key maxcols 3
set logscale x
set xlabel "training documents of the task"
set ylabel "regret (nats a token)"
set yrange [0:*]
of_method(m) = strcol("method") eq m ? column("regret") : NaN
plot 0 with lines linecolor rgb grey linewidth 2 title "oracle", \
     in using (column("documents")):(of_method("counts-independent")) with lines linestyle 1 linewidth 1 title "independent, counts", \
     in using (column("documents")):(of_method("counts-unified")) with lines linestyle 3 linewidth 1 title "unified, counts", \
     in using (column("documents")):(of_method("bayes")) with lines linecolor rgb black linewidth 1.5 title "hierarchical Bayes", \
     in using (column("documents")):(of_method("estimated-bayes")) with lines linecolor rgb black linewidth 1.5 dashtype 3 title "κ estimated", \
     in using (column("documents")):(of_method("independent")) with linespoints linestyle 1 title "independent", \
     in using (column("documents")):(of_method("unified")) with linespoints linestyle 3 title "unified", \
     in using (column("documents")):(of_method("bora")) with linespoints linestyle 2 title "BoRA"
