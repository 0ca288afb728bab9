"""What VTK says of mesh and image files.

    check_meshes.py read FOLDER    prints, as JSON, what VTK reads from each file in the folder
    check_meshes.py write FOLDER   writes files of every flavour into the folder, and prints the same of each
"""

import json
import os
import sys

import vtk

READERS = {
    ".vtp": vtk.vtkXMLPolyDataReader,
    ".vtu": vtk.vtkXMLUnstructuredGridReader,
    ".vti": vtk.vtkXMLImageDataReader,
    ".stl": vtk.vtkSTLReader,
    ".ply": vtk.vtkPLYReader,
    ".obj": vtk.vtkOBJReader,
}


def read(path):
    extension = os.path.splitext(path)[1]
    if extension == ".vtk":
        reader = vtk.vtkGenericDataObjectReader()
        for kind in ("Scalars", "Vectors", "Normals", "Tensors", "TCoords", "Fields"):
            getattr(reader, f"ReadAll{kind}On")()
    else:
        reader = READERS[extension]()
    reader.SetFileName(path)
    reader.Update()
    return reader.GetOutput(), reader


def arrays(data):
    result = {}
    for index in range(data.GetNumberOfArrays()):
        array = data.GetAbstractArray(index)
        if isinstance(array, vtk.vtkStringArray):
            values = [array.GetValue(n) for n in range(array.GetNumberOfValues())]
        else:
            values = [
                array.GetComponent(t, c)
                for t in range(array.GetNumberOfTuples())
                for c in range(array.GetNumberOfComponents())
            ]
        result[array.GetName()] = {"components": array.GetNumberOfComponents(), "values": values}
    return result


def facts(data, header=""):
    result = {
        "class": data.GetClassName(),
        "header": header or "",
        "points": data.GetNumberOfPoints(),
        "cells": data.GetNumberOfCells(),
        "point_data": arrays(data.GetPointData()),
        "cell_data": arrays(data.GetCellData()),
        "field_data": arrays(data.GetFieldData()),
    }
    if data.IsA("vtkImageData"):
        extent = data.GetExtent()
        first = [0.0, 0.0, 0.0]
        data.TransformIndexToPhysicalPoint(extent[0], extent[2], extent[4], first)
        direction = data.GetDirectionMatrix()
        result["dimensions"] = data.GetDimensions()
        result["first"] = first
        result["spacing"] = data.GetSpacing()
        result["direction"] = [direction.GetElement(r, c) for r in range(3) for c in range(3)]
    else:
        result["coordinates"] = [x for n in range(data.GetNumberOfPoints()) for x in data.GetPoint(n)]
        cells = []
        for n in range(data.GetNumberOfCells()):
            ids = data.GetCell(n).GetPointIds()
            cells.append([data.GetCellType(n)] + [ids.GetId(i) for i in range(ids.GetNumberOfIds())])
        result["cell_points"] = cells
    return result


def decorate(data):
    points = data.GetNumberOfPoints()

    def add(array, name, components, value, role=None):
        array.SetName(name)
        array.SetNumberOfComponents(components)
        for n in range(points * components):
            array.InsertNextValue(value(n))
        getattr(data.GetPointData(), role or "AddArray")(array)

    add(vtk.vtkBitArray(), "bits", 1, lambda n: int(n % 3 == 0))
    add(vtk.vtkIdTypeArray(), "ids", 1, lambda n: n * 1000)
    add(vtk.vtkUnsignedCharArray(), "paint", 3, lambda n: n % 256, "SetScalars")
    add(vtk.vtkDoubleArray(), "fl ow", 3, lambda n: n * 0.25, "SetVectors")
    add(vtk.vtkLongLongArray(), "long", 2, lambda n: -n)
    text = vtk.vtkStringArray()
    text.SetName("Sp ace")
    for value in ("a b%", "", "x" * 100):
        text.InsertNextValue(value)
    data.GetFieldData().AddArray(text)
    numbers = vtk.vtkFloatArray()
    numbers.SetName("numbers")
    numbers.SetNumberOfComponents(2)
    numbers.InsertNextTuple2(0.5, -1)
    data.GetFieldData().AddArray(numbers)
    return data


def cube():
    source = vtk.vtkCubeSource()
    source.Update()
    return decorate(source.GetOutput())


def grid():
    data = vtk.vtkUnstructuredGrid()
    points = vtk.vtkPoints()
    for n in range(8):
        points.InsertNextPoint(n % 2, n // 2 % 2, n // 4)
    data.SetPoints(points)
    for kind, ids in ((vtk.VTK_VOXEL, range(8)), (vtk.VTK_TETRA, (0, 1, 2, 4)), (vtk.VTK_TRIANGLE, (0, 1, 2))):
        ids = list(ids)
        data.InsertNextCell(kind, len(ids), ids)
    return decorate(data)


def image():
    data = vtk.vtkImageData()
    data.SetExtent(2, 5, 0, 2, -1, 0)
    data.SetOrigin(1, 2, 3)
    data.SetSpacing(0.5, 1, 2)
    return decorate(data)


def flavours():
    """Pairs of a file name and a writer that has its data."""
    for name, data, writer in (("cube", cube(), vtk.vtkPolyDataWriter), ("grid", grid(), vtk.vtkUnstructuredGridWriter)):
        for version in (42, 51):
            for kind in (1, 2):
                w = writer()
                w.SetFileVersion(version)
                w.SetFileType(kind)
                w.SetInputData(data)
                yield f"{name}_{version}_{kind}.vtk", w
    turned = image()
    turned.SetDirectionMatrix(0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1)
    for name, data, writer in (
        ("cube.vtp", cube(), vtk.vtkXMLPolyDataWriter),
        ("grid.vtu", grid(), vtk.vtkXMLUnstructuredGridWriter),
        ("image.vti", turned, vtk.vtkXMLImageDataWriter),
    ):
        for n in range(48):
            w = writer()
            w.SetDataMode(n % 3)
            w.SetCompressorTypeToZLib() if n // 3 % 2 else w.SetCompressorTypeToNone()
            w.SetEncodeAppendedData(n // 6 % 2)
            w.SetHeaderType(32 * (1 + n // 12 % 2))
            w.SetByteOrder(n // 24)
            w.SetBlockSize(64)
            w.SetInputData(data)
            yield f"{n}_{name}", w
    for kind in (1, 2):
        w = vtk.vtkStructuredPointsWriter()
        plain = vtk.vtkStructuredPoints()
        plain.ShallowCopy(image())
        w.SetInputData(plain)
        w.SetFileType(kind)
        yield f"image_{kind}.vtk", w
    triangles = vtk.vtkTriangleFilter()
    triangles.SetInputData(cube())
    for kind in (1, 2):
        w = vtk.vtkSTLWriter()
        w.SetInputConnection(triangles.GetOutputPort())
        w.SetFileType(kind)
        yield f"cube_{kind}.stl", w
        for order in (0, 1):
            w = vtk.vtkPLYWriter()
            w.SetInputConnection(triangles.GetOutputPort())
            w.SetFileType(kind)
            w.SetDataByteOrder(order)
            w.SetArrayName("paint")
            yield f"cube_{kind}_{order}.ply", w


def main():
    command, folder = sys.argv[1:]
    if command == "write":
        for name, writer in flavours():
            writer.SetFileName(os.path.join(folder, name))
            if not writer.Write():
                raise SystemExit(f"VTK cannot write {name}")
    result = {}
    for name in sorted(os.listdir(folder)):
        data, reader = read(os.path.join(folder, name))
        header = reader.GetHeader() if hasattr(reader, "GetHeader") else ""
        result[name] = facts(data, header)
    json.dump(result, sys.stdout)


main()
