/** The service that assumes roles for pods, and the audience of their tokens. EKS User Guide, "Understand how EKS Pod Identity works". */
export const podsService = 'pods.eks.amazonaws.com'
