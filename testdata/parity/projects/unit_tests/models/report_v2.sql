select n.customer_id, n.country, '{{ label("country") }}' as label, '{{ env_var("UNIT_TEST_WORD", "none") }}' as word, r.note
from {{ ref('named') }} n left join {{ source('notes', 'raw_notes') }} r on r.customer_id = n.customer_id
