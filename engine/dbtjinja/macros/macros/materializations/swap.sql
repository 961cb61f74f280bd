{# Build and swap: the new relation is built under another name (staged), the old one is parked as backup, the new one
   takes its place, and the backup goes after the commit. Readers see the old rows or the new, never none. #}

{# The relations of a swap of `this` for a relation of the given type. All lookups are in the cache.
   leftovers: what an interrupted run may have left under the two names. #}
{% macro _swap_relations(type) %}
  {% set existing = load_cached_relation(this) %}
  {% set target = this.incorporate(type=type) %}
  {% set staged = make_intermediate_relation(target) %}
  {% set backup = make_backup_relation(target, type if existing is none else existing.type) %}
  {{ return({
      'existing': existing, 'target': target, 'staged': staged, 'backup': backup,
      'leftovers': [load_cached_relation(staged), load_cached_relation(backup)],
  }) }}
{% endmacro %}

{% macro _drop_leftovers(swap) %}
  {% for relation in swap.leftovers %}{% do drop_relation_if_exists(relation) %}{% endfor %}
{% endmacro %}

{# Parks the old relation and puts the new one in its place. Returns the parked relation or none: it is looked up
   again, because what has run since may have dropped it. #}
{% macro _swap_in(swap) %}
  {% set parked = load_cached_relation(swap.existing) if swap.existing is not none else none %}
  {% if parked is not none %}{% do adapter.rename_relation(parked, swap.backup) %}{% endif %}
  {% do adapter.rename_relation(swap.staged, swap.target) %}
  {{ return(parked) }}
{% endmacro %}
