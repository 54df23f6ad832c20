# adapter_distances: ||theta_d - theta_e|| of every pair of tasks, which are ordered along the first principal component of adapter_map.
ratio = 0.95
load "style.gp"
set border 0
unset grid
unset key
set offsets 0, 0, 0, 0
set palette defined (0 "#FFFFFF", 1 "#56B4E9", 2 "#0072B2", 3 "#000000")
set cblabel "distance of two tasks' adapters"
set autoscale fix
set yrange [*:*] reverse
small = sprintf(",%g", 0.7 * font)
set xtics rotate by 90 right font small
set ytics font small
plot in using (column("column")):(column("row")):(column("distance")):xtic(strcol("other")):ytic(strcol("task")) with image
