"""Resampling, against SimpleITK 2.5.7."""

import numpy as np
import SimpleITK as sitk
from peer import Cases, image

cases = Cases()
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
cases.write()
