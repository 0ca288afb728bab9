"""Resampling, against SimpleITK 2.5.7."""

import numpy as np
import SimpleITK as sitk
from peer import Cases, image

cases = Cases()
WARPED = {"euler": dict(tolerance=1e-5), "bspline": dict(tolerance=1e-5, margin=2)}
for name in ("ct", "mr", "oblique", "mirrored"):
    source = cases[name]
    size, spacing = np.array(source.GetSize()), np.array(source.GetSpacing())
    reference = sitk.Image([int(n) for n in size // 2 + 3], sitk.sitkUInt8)
    reference.SetSpacing([float(s) for s in spacing * 1.6871])
    reference.SetDirection(source.GetDirection())
    reference.SetOrigin(source.TransformContinuousIndexToPhysicalPoint([1.317, 0.713, 2.093]))
    for word, interpolator in (("nearest", sitk.sitkNearestNeighbor), ("linear", sitk.sitkLinear), ("bspline", sitk.sitkBSpline)):
        wide = sitk.Cast(source, sitk.sitkFloat64)
        result = sitk.Resample(wide, reference, sitk.Transform(), interpolator, -5.0, sitk.sitkFloat64)
        # Whole numbers are rounded; the rest is what single precision loses.
        absolute = 0 if name == "oblique" else 0.501
        cases.add("resample", {"input": name, "reference": reference}, {"interpolation": word, "outside": -5}, result,
                  tolerance=1e-5, absolute=absolute, name=word)

# A transform file moves the volume as Slicer moves it: the same as ITK's resampler with that file.
euler = sitk.Euler3DTransform([5.0, -10.0, 20.0], 0.1, 0.05, -0.2, (3.0, 1.5, -2.0))
lattice = sitk.BSplineTransformInitializer(cases["mr"], [3, 4, 3])
lattice.SetParameters([float(v) for v in 3 * np.sin(np.arange(len(lattice.GetParameters())))])
for name, transform in (("euler", euler), ("bspline", lattice)):
    source = sitk.Cast(cases["mr"], sitk.sitkFloat64)
    for word, interpolator in (("linear", sitk.sitkLinear), ("bspline", sitk.sitkBSpline)):
        # At the border of the lattice ITK ends where we go on to zero; at the border of the volume a rounding decides.
        cases.add("resample", {"input": source, "transform": transform}, {"interpolation": word},
                  sitk.Resample(source, source, transform, interpolator, 0.0), name=f"{name} {word}", **WARPED[name])
for spacing in ([1.5, 0, 3.1], [2.0, 2.0, 2.0]):
    source = cases["oblique"]
    new = [s or o for s, o in zip(spacing, source.GetSpacing())]
    size = [int(n * o / s + 0.5) for n, o, s in zip(source.GetSize(), source.GetSpacing(), new)]
    cases.add("resample", {"input": "oblique"}, {"spacing": spacing},
              sitk.Resample(source, size, sitk.Transform(), sitk.sitkLinear, source.GetOrigin(), new, source.GetDirection(), 0.0), tolerance=1e-5)
cases.write()
