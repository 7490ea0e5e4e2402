"""Who may open the pages of proofs."""

from funding.proofs.permissions import may_see_proofs
from funding.views.access import only_for

#: Lets only users in who may see proofs.
proof_readers_only = only_for(may_see_proofs)
