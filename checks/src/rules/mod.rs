// SPDX-License-Identifier: GPL-2.0-only
//! The rules, one file each, in the order of their names.
#![allow(
    clippy::tabs_in_doc_comments,
    reason = "the examples are code of the kernel"
)]

mod arch_include_linux;
mod assign_in_if;
mod assignment_continuations;
mod avoid_l_prefix;
mod bad_commit_separator;
mod bad_fixes_tag;
mod bad_reported_by_link;
mod bad_sign_off;
mod bad_stable_address_style;
mod block_comment_style;
mod braces;
mod bracket_space;
mod camelcase;
mod code_indent;
mod commit_comment_symbol;
mod commit_log_long_line;
mod commit_log_use_link;
mod commit_log_versioning;
mod commit_log_wrong_link;
mod commit_message;
mod complex_macro;
mod config_description;
mod constant_comparison;
mod corrupted_patch;
mod cvs_keyword;
mod deep_indentation;
mod diff_in_commit_msg;
mod do_while_macro_with_trailing_semicolon;
mod dos_line_endings;
mod dt_schema_binding_patch;
mod dt_split_binding_patch;
mod else_after_brace;
mod email_subject;
mod embedded_filename;
mod execute_permissions;
mod file_path_changes;
mod from_sign_off_mismatch;
mod fsf_mailing_address;
mod gerrit_change_id;
mod git_commit_id;
mod hexadecimal_boolean_test;
mod hotplug_section;
mod include_linux;
mod indented_label;
mod invalid_utf8;
mod leading_space;
mod line_continuations;
mod line_spacing;
mod logical_continuations;
mod long_line;
mod long_line_comment;
mod long_line_string;
mod macro_arg_precedence;
mod macro_arg_reuse;
mod macro_arg_unused;
mod macro_with_flow_control;
mod maintainers_style;
mod missing_eof_newline;
mod missing_fixes_tag;
mod missing_sign_off;
mod modified_include_asm;
mod multiple_assignments;
mod multistatement_macro_use_do_while;
mod no_author_sign_off;
mod not_unified_diff;
mod obsolete;
mod open_brace;
mod open_ended_line;
mod parenthesis_alignment;
mod patch_prefix;
mod placeholder_use;
mod prefer_lore_archive;
mod repeated_word;
mod return_parentheses;
mod return_void;
mod shared;
mod single_statement_do_while_macro;
mod space_before_tab;
mod spacing;
mod spdx_license_tag;
mod suspect_code_indent;
mod suspect_comma_semicolon;
mod switch_case_indent_level;
mod tabstop;
mod trailing_semicolon;
mod trailing_statements;
mod trailing_whitespace;
mod typo_spelling;
mod uncommented_rgmii_mode;
mod undocumented_dt_string;
mod unknown_commit_id;
mod unnecessary_break;
mod unnecessary_else;
mod unnecessary_parentheses;
mod use_negative_errno;
mod use_relative_path;
mod utf8_before_patch;
mod while_after_brace;
mod whitespace_after_line_continuation;

use crate::rule::Rule;
pub(crate) use shared::function;

/// All rules.
pub const ALL: &[&Rule] = &[
    &arch_include_linux::RULE,
    &assign_in_if::RULE,
    &assignment_continuations::RULE,
    &avoid_l_prefix::RULE,
    &bad_commit_separator::RULE,
    &bad_fixes_tag::RULE,
    &bad_reported_by_link::RULE,
    &bad_sign_off::RULE,
    &bad_stable_address_style::RULE,
    &block_comment_style::RULE,
    &braces::RULE,
    &bracket_space::RULE,
    &camelcase::RULE,
    &code_indent::RULE,
    &commit_comment_symbol::RULE,
    &commit_log_long_line::RULE,
    &commit_log_use_link::RULE,
    &commit_log_versioning::RULE,
    &commit_log_wrong_link::RULE,
    &commit_message::RULE,
    &complex_macro::RULE,
    &config_description::RULE,
    &constant_comparison::RULE,
    &corrupted_patch::RULE,
    &cvs_keyword::RULE,
    &deep_indentation::RULE,
    &diff_in_commit_msg::RULE,
    &do_while_macro_with_trailing_semicolon::RULE,
    &dos_line_endings::RULE,
    &dt_schema_binding_patch::RULE,
    &dt_split_binding_patch::RULE,
    &else_after_brace::RULE,
    &email_subject::RULE,
    &embedded_filename::RULE,
    &execute_permissions::RULE,
    &file_path_changes::RULE,
    &from_sign_off_mismatch::RULE,
    &fsf_mailing_address::RULE,
    &gerrit_change_id::RULE,
    &git_commit_id::RULE,
    &hexadecimal_boolean_test::RULE,
    &hotplug_section::RULE,
    &include_linux::RULE,
    &indented_label::RULE,
    &invalid_utf8::RULE,
    &leading_space::RULE,
    &line_continuations::RULE,
    &line_spacing::RULE,
    &logical_continuations::RULE,
    &long_line::RULE,
    &long_line_comment::RULE,
    &long_line_string::RULE,
    &macro_arg_precedence::RULE,
    &macro_arg_reuse::RULE,
    &macro_arg_unused::RULE,
    &macro_with_flow_control::RULE,
    &maintainers_style::RULE,
    &missing_eof_newline::RULE,
    &missing_fixes_tag::RULE,
    &missing_sign_off::RULE,
    &modified_include_asm::RULE,
    &multiple_assignments::RULE,
    &multistatement_macro_use_do_while::RULE,
    &no_author_sign_off::RULE,
    &not_unified_diff::RULE,
    &obsolete::RULE,
    &open_brace::RULE,
    &open_ended_line::RULE,
    &parenthesis_alignment::RULE,
    &patch_prefix::RULE,
    &placeholder_use::RULE,
    &prefer_lore_archive::RULE,
    &repeated_word::RULE,
    &return_parentheses::RULE,
    &return_void::RULE,
    &single_statement_do_while_macro::RULE,
    &space_before_tab::RULE,
    &spacing::RULE,
    &spdx_license_tag::RULE,
    &suspect_code_indent::RULE,
    &suspect_comma_semicolon::RULE,
    &switch_case_indent_level::RULE,
    &tabstop::RULE,
    &trailing_semicolon::RULE,
    &trailing_statements::RULE,
    &trailing_whitespace::RULE,
    &typo_spelling::RULE,
    &uncommented_rgmii_mode::RULE,
    &undocumented_dt_string::RULE,
    &unknown_commit_id::RULE,
    &unnecessary_break::RULE,
    &unnecessary_else::RULE,
    &unnecessary_parentheses::RULE,
    &use_negative_errno::RULE,
    &use_relative_path::RULE,
    &utf8_before_patch::RULE,
    &while_after_brace::RULE,
    &whitespace_after_line_continuation::RULE,
];

#[cfg(test)]
mod tests;
