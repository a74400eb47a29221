import tseslint from "typescript-eslint";

const FOREIGN_TEXT = "Reports and case titles are foreign text: use textContent.";

export default tseslint.config(
  { ignores: ["dist", "coverage"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 40],
      complexity: ["error", 8],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-restricted-syntax": [
        "error",
        { selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", message: FOREIGN_TEXT },
        { selector: "CallExpression[callee.property.name='insertAdjacentHTML']", message: FOREIGN_TEXT },
        { selector: "MemberExpression[object.name='document'][property.name='write']", message: FOREIGN_TEXT },
      ],
    },
  },
  { files: ["tests/**"], rules: { "max-lines-per-function": "off" } },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
