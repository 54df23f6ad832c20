# distance_by_size: distance of theta_d from Theta against training size, BoRA and its control without a prior (tau = 0).
load here."/style.gp"
f = file("distance_by_size")
tau = system("awk -F, 'NR==2 {print $NF}' '".f."'")
set logscale xy
set xtics (10, 20, 50, 100, 150, 200, 300, 400, 500, 1000, 2000, 5000, 10000)
set autoscale xfix
set offsets graph 0.03, graph 0.03, 0, 0
set xlabel "training documents of the task"
set ylabel "‖θ_d − Θ‖" noenhanced
set key bottom right
only(s, v) = strcol(1) eq s ? v : NaN
plot f using 4:(only("independent", $5)) skip 1 with points linestyle 1 dashtype 1 title "independent (τ = 0)", \
     f using 4:(only("bora", $5)) skip 1 with points linestyle 2 title sprintf("BoRA, τ = %s", tau)
