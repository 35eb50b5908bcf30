"""Specs from other formats: PyTorch modules, Darknet, Caffe, Keras, ONNX."""
