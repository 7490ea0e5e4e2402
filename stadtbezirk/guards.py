"""What the tables of the top floor refuse, whoever writes."""

from members.common.refusals import immutable, trigger_set

TAKEN = "Wer ein Pruefpaket abgerufen hat, steht fest"

GUARDS = trigger_set(immutable("stadtbezirk_auditexport", TAKEN, "id"))
