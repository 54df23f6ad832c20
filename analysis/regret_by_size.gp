# regret_by_size: nats a token above the oracle, against the task's training documents: the methods, predictors from counts (thin, which no network
# can be expected to beat: they know that the language is a bigram), the oracle at 0. Where the thin lines of independent and unified cross, theory
# has the thick ones cross. The vertical axis is that of square roots, which has a place for 0 and room for what is small.
ratio = 0.75
load "style.gp"
set key maxcols 3
set logscale x
set nonlinear y via sqrt(y) inverse y * y
set xlabel "training documents of the task"
set ylabel "regret (nats a token)"
set yrange [0:*]
set ytics (0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 2, 3)
set autoscale xfix
set offsets graph 0.02, graph 0.02, graph 0.03, 0
of_method(m) = strcol("method") eq m ? column("regret") : NaN
plot 0 with lines linecolor rgb grey linewidth 4 title "oracle", \
     in using "documents":(of_method("counts-independent")) smooth unique with lines linestyle 1 linewidth 1 title "independent, counts", \
     in using "documents":(of_method("counts-unified")) smooth unique with lines linestyle 3 linewidth 1 title "unified, counts", \
     in using "documents":(of_method("bayes")) smooth unique with lines linecolor rgb black linewidth 1.5 title "hierarchical Bayes", \
     in using "documents":(of_method("estimated-bayes")) smooth unique with lines linecolor rgb black linewidth 1.5 dashtype 3 title "κ estimated", \
     in using "documents":(of_method("independent")) smooth unique with linespoints linestyle 1 title "independent", \
     in using "documents":(of_method("unified")) smooth unique with linespoints linestyle 3 title "unified", \
     in using "documents":(of_method("bora")) smooth unique with linespoints linestyle 2 title "BoRA"
