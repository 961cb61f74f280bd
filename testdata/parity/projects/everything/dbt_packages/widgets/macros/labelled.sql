{% macro labelled(column) %}{{ return(adapter.dispatch('labelled', 'widgets')(column)) }}{% endmacro %}
{% macro default__labelled(column) %}'widget ' || {{ column }}{% endmacro %}
