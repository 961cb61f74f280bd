select a.id, b.name from {{ ref('things') }} a join {{ ref('things', v=1) }} b on a.id = b.id
join {{ ref('everything', 'things', version=2) }} c on c.id = a.id
