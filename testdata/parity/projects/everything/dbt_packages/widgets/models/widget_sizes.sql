select {{ var('size') }} as size, '{{ var("scoped") }}' as scoped, {{ gears.teeth() }} as teeth
