"""Figures over HTTP: saved questions that are marked for it, answered from marts in PostgreSQL.

A load brings the days that changed from the lake, each mart in one transaction that also says
which snapshot it then is (``load``). One handler answers (``handler``), in a process here
(``server``) and as a function on AWS (``function``).
"""
