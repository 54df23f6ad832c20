# perplexity_by_size: test perplexity of each task against its training size, for the three ways of training.
load here."/style.gp"
f = file("perplexity_by_size")
tau = system("awk -F, '$1==\"bora\" {print $NF; exit}' '".f."'")
set logscale x
set xtics autofreq 10, 2
set xlabel "training documents of the task"
set ylabel "test perplexity"
set key top right
only(s, v) = strcol(1) eq s ? v : NaN
plot f using 4:(only("independent", $5)) skip 1 with points linestyle 1 dashtype 1 title "independent", \
     f using 4:(only("unified", $5)) skip 1 with points linestyle 3 dashtype 1 title "unified", \
     f using 4:(only("bora", $5)) skip 1 with points linestyle 2 title sprintf("BoRA, τ = %s", tau)
