# rank_by_tau: map of test perplexity over rank and tau; dark is low; the number stands in each cell.
load here."/style.gp"
f = file("rank_by_tau")
set key off
set border 15
set grid noytics noxtics
set xlabel "precision τ"
set ylabel "rank r"
set palette defined (0 "#08306b", 0.5 "#6baed6", 1 "#f7fbff")
set cblabel "test perplexity"
stats f using 5 skip 1 nooutput
middle = (STATS_min + STATS_max) / 2
set autoscale fix
name(t) = t eq "inf" ? "∞" : t
plot f using 1:2:5:xtic(name(strcol(3))):ytic(4) skip 1 with image pixels, \
     f using 1:2:(sprintf("%.2f", $5)):($5 < middle ? 0xffffff : 0x000000) skip 1 with labels textcolor rgb variable
