"""Smoothing, against SimpleITK 2.5.7 and scikit-image 0.26."""

import numpy as np
import SimpleITK as sitk
from peer import Cases

cases = Cases()
VOLUMES = ("ct", "mr", "oblique", "mirrored", "flat")
# Whole numbers are rounded here and cut off in ITK; references are therefore computed in floating point, and half a unit
# is what rounding takes away.
HALF = 0.5005


def wide(name):
    return sitk.Cast(cases[name], sitk.sitkFloat64)


def whole(name):
    return cases[name].GetPixelID() == sitk.sitkInt16


# Gaussians. Single precision is what differs.
for name in VOLUMES:
    for sigma in (0.7, 1.5, 6.0):
        if name != "flat":
            result = sitk.SmoothingRecursiveGaussian(wide(name), sigma)
            cases.add("gaussian", {"input": name}, {"sigma": sigma, "keep-fractions": True}, result, name="recursive", tolerance=2e-6)
            cases.add("gaussian", {"input": name}, {"sigma": sigma}, result, tolerance=2e-6, absolute=HALF if whole(name) else 0.0)
        result = sitk.DiscreteGaussian(wide(name), sigma * sigma, 32, 0.01, True)
        cases.add("gaussian", {"input": name}, {"sigma": sigma, "method": "discrete", "keep-fractions": True}, result, tolerance=2e-6)
flat = sitk.SmoothingRecursiveGaussian(wide("flat")[:, :, 0], 1.5)
cases.add("gaussian", {"input": "flat"}, {"sigma": 1.5}, sitk.JoinSeries(flat), name="2D", tolerance=2e-6, geometry=False)

cases.write()
