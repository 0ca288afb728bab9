"""Prints the numbers in ../golden.rs. Made with SimpleITK 2.5.7, VTK 9.7.2, SciPy and NumPy as installed.

    python golden.py
"""

import numpy as np
import scipy
import SimpleITK as sitk
import vtk
from scipy import ndimage
from vtk.util import numpy_support

DIMS = (37, 29, 23)  # i, j, k


def volume():
    """Waves and a little noise, whole numbers; the same as in golden.rs."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in DIMS[::-1]), indexing="ij")
    n = (k * DIMS[1] + j) * DIMS[0] + i
    waves = 300 * np.sin(i / 5) + 200 * np.cos(j / 4) + 250 * np.sin(k / 3 + 1)
    return (np.floor(waves) + (n * 7919) % 101).astype(np.int16)


a = volume()
print("versions", sitk.Version().VersionString(), vtk.vtkVersion().GetVTKVersion(), scipy.__version__, np.__version__)
print("sum", int(a.sum(dtype=np.int64)), "percentiles", np.percentile(a, [5, 50, 95]).tolist(), "std", a.std(dtype=np.float64))

for rank in (1, 2, 3):
    labels, count = ndimage.label(a > 330, ndimage.generate_binary_structure(3, rank))
    print("components", rank, count, "largest", int(np.bincount(labels.ravel())[1:].max()))

image = vtk.vtkImageData()
image.SetDimensions(*DIMS)
image.SetSpacing(0.8, 0.9, 1.3)
image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(a.ravel(), deep=True))
for value in (100.5, -200.0):
    f = vtk.vtkFlyingEdges3D()
    f.SetInputData(image)
    f.SetValue(0, value)
    f.ComputeNormalsOff()
    f.Update()
    p = f.GetOutput()
    pts = numpy_support.vtk_to_numpy(p.GetPoints().GetData()).astype(float)
    tri = numpy_support.vtk_to_numpy(p.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    u, v = pts[tri[:, 1]] - pts[tri[:, 0]], pts[tri[:, 2]] - pts[tri[:, 0]]
    print("surface", value, len(pts), len(tri), "area", 0.5 * np.linalg.norm(np.cross(u, v), axis=1).sum(), "mean", pts.mean(0).tolist())

im = sitk.GetImageFromArray(a.astype(np.float64))
im.SetSpacing((0.8, 0.9, 1.3))
t = sitk.AffineTransform([0.95, -0.25, 0.05, 0.2, 0.9, -0.1, -0.03, 0.12, 1.02], [1.0, 1.5, -0.7])
for name, interpolator in (("nearest", sitk.sitkNearestNeighbor), ("linear", sitk.sitkLinear), ("bspline", sitk.sitkBSpline)):
    r = sitk.GetArrayFromImage(sitk.Resample(im, (30, 25, 20), t, interpolator, (2.0, 1.0, 1.5), (0.9, 0.9, 1.2), (1, 0, 0, 0, 1, 0, 0, 0, 1), -1000.0, sitk.sitkFloat64))
    print(name, [r[k, j, i] for i, j, k in ((12, 10, 9), (20, 15, 10), (5, 20, 14), (15, 3, 3))], "outside", int((r == -1000).sum()))
