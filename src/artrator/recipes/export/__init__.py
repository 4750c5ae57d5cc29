"""From diffusers' PyTorch folders to bundles of ONNX graphs; needs the extra `train`, diffusers and transformers."""
