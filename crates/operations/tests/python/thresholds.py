"""Automatic thresholds, against SimpleITK 2.5.7. Thresholds are equal to the last digits, label maps on every voxel."""

import numpy as np
import SimpleITK as sitk
from peer import Cases, image

cases = Cases()
FILTERS = {
    "huang": sitk.HuangThresholdImageFilter, "intermodes": sitk.IntermodesThresholdImageFilter, "isodata": sitk.IsoDataThresholdImageFilter,
    "kittler-illingworth": sitk.KittlerIllingworthThresholdImageFilter, "li": sitk.LiThresholdImageFilter,
    "maximum-entropy": sitk.MaximumEntropyThresholdImageFilter, "moments": sitk.MomentsThresholdImageFilter,
    "otsu": sitk.OtsuThresholdImageFilter, "renyi-entropy": sitk.RenyiEntropyThresholdImageFilter,
    "shanbhag": sitk.ShanbhagThresholdImageFilter, "triangle": sitk.TriangleThresholdImageFilter, "yen": sitk.YenThresholdImageFilter,
}
ct = cases["ct"]
bytes_ = sitk.Cast(sitk.IntensityWindowing(cases["mr"], 0, 300, 0, 255), sitk.sitkUInt8)
cases.images["bytes"] = bytes_
cases.images["wide"] = sitk.Cast(ct, sitk.sitkInt32) * 37
block = np.zeros(sitk.GetArrayFromImage(ct).shape, np.uint8)
block[3:-4, 10:40, 8:50] = 255
cases.images["block"] = image(block)
cases.images["block"].CopyInformation(ct)


def run(name, method, bins, mask=None):
    """Threshold and label map, or nothing where ITK refuses."""
    f = FILTERS[method]()
    f.SetNumberOfHistogramBins(bins)
    f.SetInsideValue(0)
    f.SetOutsideValue(1)
    f.SetMaskValue(255)
    f.SetMaskOutput(True)
    try:
        out = f.Execute(*([cases[name]] if mask is None else [cases[name], cases[mask]]))
    except RuntimeError:
        return
    operation = "otsu" if method == "otsu" else "auto-threshold"
    parameters = {"bins": bins} if method == "otsu" else {"bins": bins, "method": method}
    inputs = {"input": name} if mask is None else {"input": name, "mask": mask}
    cases.add(operation, inputs, parameters, out, values={"threshold": f.GetThreshold()}, equal=1.0, tolerance=1e-9, name=method)


for method in FILTERS:
    for name in ("ct", "mr", "oblique", "mirrored", "flat", "bytes", "wide"):
        for bins in (256, 64):
            run(name, method, bins)
    run("ct", method, 128, "block")

for name in ("ct", "mr", "oblique", "flat", "bytes", "wide"):
    for count, bins, valley in ((1, 128, False), (2, 128, False), (3, 128, False), (4, 64, False), (2, 100, True)):
        f = sitk.OtsuMultipleThresholdsImageFilter()
        f.SetNumberOfThresholds(count)
        f.SetNumberOfHistogramBins(bins)
        f.SetValleyEmphasis(valley)
        out = f.Execute(cases[name])
        cases.add("multi-otsu", {"input": name}, {"thresholds": count, "bins": bins, "valley-emphasis": valley}, out, equal=1.0,
                  name=f"{list(f.GetThresholds())}")
cases.write()
