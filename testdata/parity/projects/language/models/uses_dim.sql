select a.id, b.other from {{ ref('dim', v=1) }} a join {{ ref('dim') }} b on a.id = b.id
