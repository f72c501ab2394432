"""Tests of wallets."""
