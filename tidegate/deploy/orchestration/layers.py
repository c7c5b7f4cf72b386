"""A flow's stages in layers: what may run side by side, by what each of them reads."""

from tidegate.contract import Contracts
from tidegate.errors import ProjectError
from tidegate.flow.job import Clean, Flow, Job, Stage


def layers(flow: Flow, contracts: Contracts) -> list[list[str]]:
    """The tables that a flow writes, in layers: a stage reads of the layers before its own only.

    Args:
        flow: the flow.
        contracts: the project's contracts.

    Returns:
        The tables' names, in each layer in the flow's order.

    Raises:
        ProjectError: a stage reads what a later stage of the flow writes, or is there twice.
    """
    depth = dict[str, int]()
    written = {stage.writes for stage in flow.stages}
    for stage in flow.stages:
        if stage.writes in depth:
            raise ProjectError(f"flow {flow.source}: two of its stages write {stage.writes}")
        read = [table for table in _reads(stage, contracts) if table in written]
        if ahead := [table for table in read if table not in depth]:
            raise ProjectError(
                f"flow {flow.source}: {stage.writes} reads {ahead[0]}, which only a later stage"
                " writes; move that one up"
            )
        depth[stage.writes] = 1 + max((depth[table] for table in read), default=-1)
    return [[table for table in depth if depth[table] == one] for one in sorted({*depth.values()})]


def _reads(stage: Stage, contracts: Contracts) -> list[str]:
    if isinstance(stage, Job):
        return list(stage.reads.values())
    if isinstance(stage, Clean):
        return [str(contracts.table(stage.writes).properties["reads"])]
    return []
