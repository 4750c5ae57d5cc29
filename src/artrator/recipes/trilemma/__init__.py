"""The trilemma of generative models, measured: how varied, how quick, how large and how faithful each starter is."""
