"""Tests of the questions over the lake."""
