# perplexity_by_size: test perplexity of each task against its training size, for the three ways of training; lines join the
# means of equal sizes.
load here."/style.gp"
f = file("perplexity_by_size")
tau = system("awk -F, '$1==\"bora\" {print $NF; exit}' '".f."'")
set logscale x
set xtics (10, 20, 50, 100, 150, 200, 300, 400, 500, 1000, 2000, 5000, 10000)
set autoscale xfix
set offsets graph 0.03, graph 0.03, 0, 0
set xlabel "training documents of the task"
set ylabel "test perplexity"
set key top right
only(s, v) = strcol(1) eq s ? v : NaN
plot f using 4:(only("independent", $5)) skip 1 smooth unique with lines linewidth 1 dashtype 2 linecolor rgb orange notitle, \
     f using 4:(only("unified", $5)) skip 1 smooth unique with lines linewidth 1 dashtype 4 linecolor rgb green notitle, \
     f using 4:(only("bora", $5)) skip 1 smooth unique with lines linewidth 1 linecolor rgb blue notitle, \
     f using 4:(only("independent", $5)) skip 1 with points linestyle 1 dashtype 1 title "independent", \
     f using 4:(only("unified", $5)) skip 1 with points linestyle 3 dashtype 1 title "unified", \
     f using 4:(only("bora", $5)) skip 1 with points linestyle 2 title sprintf("BoRA, τ = %s", tau)
