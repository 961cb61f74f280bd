select * from {{ ref('eph_raises') }}
