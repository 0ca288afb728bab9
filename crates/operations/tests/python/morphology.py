"""Distances, dilation, erosion and reconstruction, against SimpleITK 2.5.7 and SciPy 1.17.1.

All but distances must be exactly equal. ITK computes squared distances in single precision from products of indices and spacing: its
own rounding is up to about 1e-6 of the greatest distance.
"""

import numpy as np
import SimpleITK as sitk
from peer import Cases
from scipy import ndimage

cases = Cases()
exact = dict(equal=1.0)
binary = {name: sitk.OtsuThreshold(cases[name], 0, 1) for name in ("ct", "mr")}
binary |= {name: cases[name] for name in ("mask", "labels")}
binary["mirrored"] = sitk.BinaryThreshold(cases["mirrored"], 100, 4000)
binary["flat"] = sitk.BinaryThreshold(cases["flat"], 50, 4000)

# Distances.
for name, image in binary.items():
    for squared in (False, True):
        for spacing in (True, False):
            for positive in (False, True):
                expected = sitk.SignedMaurerDistanceMap(image, positive, squared, spacing)
                cases.add("distance-map", {"input": image}, {"squared": squared, "use-spacing": spacing, "inside-is-positive": positive}, expected,
                          tolerance=2e-6, name=name)
    array = sitk.GetArrayFromImage(image) != 0
    sampling = image.GetSpacing()[::-1]
    within, outside = (ndimage.distance_transform_edt(a, sampling).astype(np.float32) for a in (array, ~array))
    for side, expected in (("signed", outside - within), ("inside", within), ("outside", outside)):
        expected = sitk.GetImageFromArray(expected)
        expected.CopyInformation(image)
        cases.add("distance-map", {"input": image}, {"side": side, "target": "other"}, expected, tolerance=1e-6, name=name)

# Binary.
shapes = {"ball": sitk.sitkBall, "box": sitk.sitkBox, "cross": sitk.sitkCross}
for name, image in binary.items():
    for shape, kernel in shapes.items():
        for radius in ([1, 1, 1], [3, 3, 3], [4, 2, 0]) if image.GetSize()[2] > 1 else ([2, 3, 0],):
            for foreground in (1, 2) if name == "labels" else (1,):
                common = {"shape": shape, "radius": radius, "foreground": foreground}
                for border in (False, True):
                    cases.add("binary-dilate", {"input": image}, common | {"boundary-to-foreground": border},
                              sitk.BinaryDilate(image, radius, kernel, 0, foreground, border), name=name, **exact)
                    cases.add("binary-erode", {"input": image}, common | {"boundary-to-foreground": border, "background": 7},
                              sitk.BinaryErode(image, radius, kernel, 7, foreground, border), name=name, **exact)
                    cases.add("binary-close", {"input": image}, common | {"safe-border": border},
                              sitk.BinaryMorphologicalClosing(image, radius, kernel, foreground, border), name=name, **exact)
                cases.add("binary-open", {"input": image}, common,
                          sitk.BinaryMorphologicalOpening(image, radius, kernel, 0, foreground), name=name, **exact)



def apply(image, radius, compute):
    """A grayscale operation. ITK's boxes read beyond volumes of one slice, so these are given as an image of two dimensions."""
    if image.GetSize()[2] > 1:
        return compute(image, radius)
    result = sitk.JoinSeries(compute(image[:, :, 0], radius[:2]))
    result.CopyInformation(image)
    return result


# Grayscale.
for name in ("ct", "mr", "oblique", "mirrored", "flat"):
    image = cases[name]
    for shape, kernel in shapes.items():
        for radius in ([1, 1, 1], [3, 2, 4]) if image.GetSize()[2] > 1 else ([2, 3, 0],):
            common = {"shape": shape, "radius": radius}
            for operation, compute in (("dilate", sitk.GrayscaleDilate), ("erode", sitk.GrayscaleErode),
                                       ("morphological-gradient", sitk.MorphologicalGradient)):
                cases.add(operation, {"input": name}, common, apply(image, radius, lambda im, r: compute(im, r, kernel)), **exact)
            for safe in (True, False):
                for operation, kind, compute in (
                    ("open", {}, sitk.GrayscaleMorphologicalOpening), ("close", {}, sitk.GrayscaleMorphologicalClosing),
                    ("top-hat", {}, sitk.WhiteTopHat), ("top-hat", {"kind": "black"}, sitk.BlackTopHat),
                ):
                    expected = apply(image, radius, lambda im, r: compute(im, r, kernel, safe))
                    cases.add(operation, {"input": name}, common | {"safe-border": safe} | kind, expected, **exact)

# Reconstruction.
for name in ("ct", "mr", "oblique", "mirrored", "flat"):
    image = cases[name]
    for full in (False, True):
        common = {"fully-connected": full}
        if name != "flat":  # In a volume of one slice every voxel is on the border.
            cases.add("grayscale-fill-hole", {"input": name}, common, sitk.GrayscaleFillhole(image, full), **exact)
            cases.add("grayscale-grind-peak", {"input": name}, common, sitk.GrayscaleGrindPeak(image, full), **exact)
        if not full:
            cases.add("h-maxima", {"input": name}, {"height": 120}, sitk.HMaxima(image, 120), **exact)
            cases.add("h-minima", {"input": name}, {"height": 120}, sitk.HMinima(image, 120), **exact)
        radius = [2, 1, 1] if image.GetSize()[2] > 1 else [2, 1, 0]
        for operation, compute in (("opening-by-reconstruction", sitk.OpeningByReconstruction), ("closing-by-reconstruction", sitk.ClosingByReconstruction)):
            for preserve in (False, True):
                cases.add(operation, {"input": name}, common | {"radius": radius, "preserve-intensities": preserve},
                          compute(image, radius, sitk.sitkBall, full, preserve), **exact)
        marker = sitk.GrayscaleErode(image, [3, 3, 1]) - 20
        cases.add("reconstruction", {"marker": marker, "mask": name}, common, sitk.ReconstructionByDilation(marker, image, full), **exact)
        marker = sitk.GrayscaleDilate(image, [3, 3, 1]) + 20
        cases.add("reconstruction", {"marker": marker, "mask": name}, common | {"method": "erosion"},
                  sitk.ReconstructionByErosion(marker, image, full), **exact)
for name, image in binary.items():
    hollow = sitk.And(sitk.Equal(image, 1), sitk.Not(sitk.BinaryErode(image, [1, 1, 0])))
    for full in (False, True):
        for given in (image, hollow):
            if image.GetSize()[2] > 1:
                cases.add("binary-fill-hole", {"input": given}, {"fully-connected": full}, sitk.BinaryFillhole(given, full, 1), name=name, **exact)

cases.write()
