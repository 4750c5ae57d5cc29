"""Runs bundles: batches graph calls across requests inside sandboxed workers; knows no users, money or HTTP."""
